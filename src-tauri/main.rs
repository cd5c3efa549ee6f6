//! The program.
fn main() { tauri::Builder::default().run(tauri::generate_context!()).expect("the event loop ends only by exit"); }
