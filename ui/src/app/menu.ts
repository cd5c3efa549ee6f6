/** What the native menus and the window itself ask of the page. */

import type { CloseChoice, NotificationTarget } from "$bindings";
import { host } from "$host";
import { later } from "$shared/later.svelte";
import { openLater } from "$shared/sheets.svelte";
import { commands, navigate, type Route, store } from "$store";

const CloseSheet = later(async () => (await import("./CloseSheet.svelte")).default);

/** Follows menu choices, clicked notifications and the question before closing. */
export function followMenu(): () => void {
  const stops = [
    host.on("menuChosen", (id) => {
      commands.run(id);
    }),
    host.on("closeAsked", ({ running }) => void askBeforeClosing(running)),
    host.on("notificationChosen", (target) => {
      navigate(placeOf(target));
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

/** Where a notification leads. */
function placeOf(target: NotificationTarget): Route {
  switch (target.kind) {
    case "image":
      return { name: "image", id: target.id };
    case "task":
      return { name: "activity", task: target.id };
    case "container":
      return { name: "container", ...target.id };
    case "activity":
      return { name: "activity" };
  }
}

interface CloseAnswer {
  choice: CloseChoice;
  remember: boolean;
}

let asking = false;

async function askBeforeClosing(running: number): Promise<void> {
  if (asking) return;
  asking = true;
  const answer = await openLater<{ running: number }, CloseAnswer>(CloseSheet, { running });
  asking = false;
  if (answer?.remember && answer.choice !== "stay")
    await store.changeSettings({ closeBehaviour: answer.choice });
  await host.confirmClose(answer?.choice ?? "stay");
}
