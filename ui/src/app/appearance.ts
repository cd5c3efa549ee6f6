/** Theme, density, zoom, motion and language of the settings, applied to the page as they change. */

import type { Settings } from "$bindings";
import { setLanguage } from "$messages";

const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

/** Applies the settings; returns how to stop following the system's theme. */
export function applyAppearance(settings: Settings): () => void {
  const root = document.documentElement;
  const applyTheme = (): void => {
    const dark = settings.theme === "dark" || (settings.theme === "system" && systemIsDark.matches);
    root.dataset["theme"] = dark ? "dark" : "light";
  };
  applyTheme();
  systemIsDark.addEventListener("change", applyTheme);
  root.dataset["density"] = settings.density;
  root.dataset["motion"] = settings.reduceMotion ? "reduce" : "full";
  root.style.fontSize = settings.zoom === 100 ? "" : `${settings.zoom}%`;
  setLanguage(settings.language);
  return () => {
    systemIsDark.removeEventListener("change", applyTheme);
  };
}

export const zoomSteps = [80, 90, 100, 110, 125, 150, 175, 200, 250, 300];

/** The next zoom step up or down. */
export function nextZoom(now: number, direction: 1 | -1): number {
  const further = zoomSteps.filter((step) => (direction === 1 ? step > now : step < now));
  return (direction === 1 ? further[0] : further.at(-1)) ?? now;
}
