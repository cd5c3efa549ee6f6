/** Words of signatures. */
export const signatures = {} as const;
