/** The start of the page: lets the first frame of `index.html` be painted, then fetches everything else. */

/** How long a window that paints nothing, because it is hidden, holds up the start. In milliseconds. */
const PATIENCE = 150;

/** Resolves when what the page shows now is on the screen. */
function painted(): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      resolve();
    };
    // The second frame begins when the first has been handed over.
    requestAnimationFrame(() => requestAnimationFrame(go));
    setTimeout(go, PATIENCE);
  });
}

void painted().then(() => import("./start"));
