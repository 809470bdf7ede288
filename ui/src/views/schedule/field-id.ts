import type { FieldName } from "./session-form";

/** The element id of a field's input. */
export const fieldId = (field: FieldName): string => `session-${field}`;
