/** Whether the first steps are shown once more, on request. */

let again = $state(false);

export function doorsAgain(): boolean {
  return again;
}

export function showDoors(): void {
  again = true;
}

export function hideDoors(): void {
  again = false;
}
