/** Copying text. The app sets the way at start; shared components do not know the host. */

let write: (text: string) => Promise<unknown> = (text) => navigator.clipboard.writeText(text);

/** Sets how text reaches the clipboard. */
export function setClipboard(writer: (text: string) => Promise<unknown>): void {
  write = writer;
}

/** Whether the text was copied. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await write(text);
    return true;
  } catch {
    return false;
  }
}
