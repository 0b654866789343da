/** When all recorded requests are thought to have been made: prices change. */
export const ASKED_AT = Date.UTC(2026, 10, 20, 12);
