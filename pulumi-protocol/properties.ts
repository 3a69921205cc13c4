/** Property values as they travel between program, engine and provider: plain JSON, no outputs, no secret marks. */
export type Properties = Readonly<Record<string, unknown>>;
