/** Words that many screens share: buttons, states of a list, units of time. */
export const common = {
  "common.close": "Close",
  "common.back": "Back",
  "common.undo": "Undo",
  "common.save": "Save",
  "common.change": "Change…",
  "common.clear": "Clear",
  "common.never": "Never",
  "common.unknown": "Unknown",
  "common.andMore": { one: "and 1 more", other: "and {n} more" },
  "common.fixFields": { one: "1 field needs a change", other: "{n} fields need a change" },
} as const;
