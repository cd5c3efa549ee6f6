/** Words of the drop zones and of the sheet for mixed files. */
export const drop = {
  "drop.inspect.verb": "Inspect",
  "drop.inspect.one": "open {name}, see inside",
  "drop.inspect.many": { one: "open 1 image", other: "open {n} images in the list" },
  "drop.verify.verb": "Verify",
  "drop.verify.result": { one: "who signed it, is it intact", other: "who signed them, are they intact" },
  "drop.sign.verb": "Sign",
  "drop.sign.result": "with {name}",
  "drop.sign.noKey": "needs a key first; you can create one",
  "drop.importKeys.verb": "Import",
  "drop.importKeys.result": {
    one: "look at 1 key file, then import its keys",
    other: "look at {n} key files, then import their keys",
  },
  "drop.addFolders.verb": "Add to Images",
  "drop.addFolders.result": {
    one: "list the images of this folder",
    other: "list the images of {n} folders",
  },
  "drop.sort.verb": "Sort and choose",
  "drop.sort.result": "different kinds of files; you choose what to do with each",
  "drop.sort.title": "Choose what to do with each",
  "drop.sort.images": { one: "1 image", other: "{n} images" },
  "drop.sort.keys": { one: "1 key file", other: "{n} key files" },
  "drop.sort.folders": { one: "1 folder", other: "{n} folders" },
  "drop.sort.others": {
    one: "1 other file, nothing happens with it",
    other: "{n} other files, nothing happens with them",
  },
  "drop.nothing": "Nothing to do with this",
  "drop.seems": "{name} is not a SIF image. It seems to be {kind}.",
  "drop.unknown": {
    one: "This file is neither a SIF image nor a key.",
    other: "None of these {n} files is a SIF image or a key.",
  },
  "drop.definitions": {
    one: "This is a definition file, not an image.",
    other: "These are definition files, not images.",
  },
  "drop.foldersAdded": { one: "1 folder was added", other: "{n} folders were added" },
  "drop.zones": "Where to drop",
  "drop.spoken": "Drop to: {zones}",
} as const;
