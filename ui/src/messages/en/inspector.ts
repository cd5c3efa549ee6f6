/** Words of inspector. */
export const inspector = {} as const;
