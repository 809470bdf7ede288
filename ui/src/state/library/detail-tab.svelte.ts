export type DetailTab = "overview" | "transcript" | "people" | "links" | "history";

/** The part of an open recording that a person chose last. The next recording opens with it. */
export const detailTab = $state<{ chosen: DetailTab }>({ chosen: "overview" });
