//! A Tauri window with one page and nothing else: what `cargo xtask bench` compares the start of Sifter with.

fn main() {
    let context = tauri::generate_context!("examples/bare/tauri.conf.json");
    tauri::Builder::default()
        .run(context)
        .expect("a window can be opened wherever the measurement runs");
}
