/** The host inside the window: the generated commands and events, and nothing else. */

import { commands, events } from "$bindings";

import type { Host, HostCalls, HostEvents, Unsubscribe } from "./host";
import { unwrapAll } from "./unwrap";

type Listenable = {
  [E in keyof HostEvents]: {
    listen(callback: (event: { payload: HostEvents[E] }) => void): Promise<() => void>;
  };
};

// These two lines are the proof that the generated bindings still are what the page expects.
const calls: HostCalls = unwrapAll(commands);
const streams: Listenable = events;

function on<E extends keyof HostEvents>(event: E, listener: (payload: HostEvents[E]) => void): Unsubscribe {
  let wanted = true;
  let stop: (() => void) | undefined;
  void streams[event]
    .listen((message) => {
      if (wanted) {
        listener(message.payload);
      }
    })
    .then((unlisten) => {
      if (wanted) {
        stop = unlisten;
      } else {
        unlisten();
      }
    });
  return () => {
    wanted = false;
    stop?.();
    stop = undefined;
  };
}

export const host: Host = { kind: "tauri", on, ...calls };
