import type { FieldName } from "./session-form";

/** The element id of a field's input, by which its label and its problem are tied to it. */
export const fieldId = (field: FieldName): string => `session-${field}`;
