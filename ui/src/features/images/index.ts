/** The list of image files on this computer, and what can be done with several of them. */

export { quickLook, removeImages, signImages, trashImages, verifyImages } from "./actions";
export { default as ImagesPage } from "./ImagesPage.svelte";
export { filterRows, rowLabel, sortRows } from "./rows";
export {
  nothingSelected,
  selectAll,
  selectOne,
  selectRange,
  step,
  toggleOne,
  type Selection,
} from "./selection";
