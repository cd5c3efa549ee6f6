/** Words of drop. */
export const drop = {} as const;
