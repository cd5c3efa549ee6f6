/* Called before the page is read: marks what the first frame of `ui/index.html` depends on. `known` comes from the settings. */
(known) => {
  const mark = () => {
    const root = document.documentElement;
    if (known.theme !== "system") root.dataset.theme = known.theme;
    if (known.zoom !== 100) root.style.fontSize = `${known.zoom}%`;
    if (known.firstRun) root.dataset.firstRun = "";
    try {
      if (localStorage.getItem("sifter.sidebar") === "true") root.dataset.sidebar = "narrow";
    } catch {
      // Without storage the sidebar is wide.
    }
  };
  if (document.documentElement) mark();
  else document.addEventListener("readystatechange", mark, { once: true });
}
