/** Pulling and pushing: their sheets, the links that lead there, and how references are read. */

export { takeOpenedLinks } from "./links";
export { openPullSheet, openPushReview, openPushSheet } from "./open";
export { asSha256, imageName, isTag, looksLikeReference, shortHash } from "./references";
export { likelyPlace, type PushPlace } from "./target";
