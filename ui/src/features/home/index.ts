/** The first screen: one input, what needs a person, what was opened last, what runs. */

export { default as HomePage } from "./HomePage.svelte";
