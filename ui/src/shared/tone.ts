/** The four families of a mark: each has its own shape, so that colour is never alone. */
export type Tone = "good" | "unsure" | "bad" | "neutral";
