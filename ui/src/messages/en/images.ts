/** Words of images. */
export const images = {} as const;
