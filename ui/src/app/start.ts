/** Everything behind the first frame: styles, the way to the clipboard, and the one component. */

import "$shared/styles/tokens.css";
import "$shared/styles/base.css";

import { mount } from "svelte";

import { host } from "$host";
import { setClipboard } from "$shared/clipboard";
import { setWays } from "$shared/fixes";

import App from "./App.svelte";
import { waysEverywhere } from "./ways";

const target = document.getElementById("app");
if (!target) throw new Error("the page has no place for the app");

setClipboard(
  (text) => host.copyText(text),
  (text) => host.copyDetails(text),
);
setWays(waysEverywhere);
mount(App, { target });
