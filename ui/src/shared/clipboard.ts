/** Copying text. The app sets the way at start; shared components do not know the host. */

type Writer = (text: string) => Promise<unknown>;

let writeText: Writer = (text) => navigator.clipboard.writeText(text);
let writeDetails: Writer = (text) => writeText(text);

/** Sets how text reaches the clipboard; `details` takes out of it what does not belong in a report. */
export function setClipboard(text: Writer, details: Writer): void {
  [writeText, writeDetails] = [text, details];
}

/** Whether the text was copied. */
export function copyText(text: string): Promise<boolean> {
  return did(() => writeText(text));
}

/** Whether the details of an error were copied, without secrets and without the name of the home folder. */
export function copyDetails(text: string): Promise<boolean> {
  return did(() => writeDetails(text));
}

async function did(write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch {
    return false;
  }
}
