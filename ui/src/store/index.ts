/** What the back end knows, where we are, and what can be done from here. Features and the app read it; shared controls do not. */

export { commands, keysShown, type Command } from "./commands.svelte";
export { commandOf, defaultKeys, isTextField, keysOf, pressedKeys, showKeys } from "./keymap";
export { goBack, goForward, navigate, restoreRoute, router } from "./navigation.svelte";
export { forgetLayout, recall, remember } from "./remember";
export {
  formatRoute,
  inspectorTabs,
  parseRoute,
  screenOf,
  screens,
  type InspectorTab,
  type LibraryFind,
  type Route,
  type Screen,
} from "./route";
export { store } from "./store.svelte";
export { isOpen } from "./tasks";
export { tellTask } from "./tell-task";
