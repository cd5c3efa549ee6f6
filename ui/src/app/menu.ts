/** What the native menus and the window itself ask of the page. */

import type { CloseChoice } from "$bindings";
import { host } from "$host";
import { openSheet } from "$shared/sheets.svelte";
import { commands, store } from "$store";

import CloseSheet from "./CloseSheet.svelte";

/** Follows menu choices and the question before closing. */
export function followMenu(): () => void {
  const stops = [
    host.on("menuChosen", (id) => {
      commands.run(id);
    }),
    host.on("closeAsked", ({ running }) => void askBeforeClosing(running)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

interface CloseAnswer {
  choice: CloseChoice;
  remember: boolean;
}

let asking = false;

async function askBeforeClosing(running: number): Promise<void> {
  if (asking) return;
  asking = true;
  const answer = await openSheet<{ running: number }, CloseAnswer>(CloseSheet, { running });
  asking = false;
  if (answer?.remember && answer.choice !== "stay")
    await store.changeSettings({ closeBehaviour: answer.choice });
  await host.confirmClose(answer?.choice ?? "stay");
}
