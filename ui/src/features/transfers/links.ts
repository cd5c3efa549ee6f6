/** Links from outside lead to the pull sheet, one after the other. They start nothing. */

import { host } from "$host";
import { tellError } from "$shared/tell";

import { openPullSheet } from "./open";

/** Drains what links were opened before the page existed, now and whenever there is more; returns how to stop. */
export function takeOpenedLinks(): () => void {
  let working = false;
  let again = false;
  const drain = async (): Promise<void> => {
    again = true;
    if (working) return;
    working = true;
    while (again) {
      again = false;
      try {
        for (const { reference, namesServer } of await host.takeLinks())
          await openPullSheet({ references: [reference.reference], link: { namesServer } });
      } catch (thrown) {
        tellError(thrown);
      }
    }
    working = false;
  };
  const stop = host.on("linkOpened", () => void drain());
  void drain();
  return stop;
}
