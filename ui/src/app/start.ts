/** Everything behind the first frame: styles, the way to the clipboard, and the one component. */

import "$shared/styles/tokens.css";
import "$shared/styles/base.css";

import { mount } from "svelte";

import { host } from "$host";
import { setClipboard } from "$shared/clipboard";

import App from "./App.svelte";

const target = document.getElementById("app");
if (!target) throw new Error("the page has no place for the app");

setClipboard((text) => host.copyText(text));
mount(App, { target });
