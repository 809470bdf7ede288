/** The columns of the list that people may hide, with their words. */
export const COLUMNS = [
  { id: "instructor", label: "Instructor" },
  { id: "when", label: "When" },
  { id: "length", label: "Length" },
  { id: "size", label: "Size" },
  { id: "links", label: "Links" },
] as const;

export type ColumnId = (typeof COLUMNS)[number]["id"];

const STORED = "hajime.library.hidden";

function stored(): ColumnId[] {
  try {
    const names: unknown = JSON.parse(localStorage.getItem(STORED) ?? "[]");
    return Array.isArray(names) ? COLUMNS.map(({ id }) => id).filter((id) => names.includes(id)) : [];
  } catch {
    return [];
  }
}

/** Which columns are hidden on this computer. */
export class Columns {
  hidden = $state.raw<readonly ColumnId[]>(stored());

  shows(id: ColumnId): boolean {
    return !this.hidden.includes(id);
  }

  toggle(id: ColumnId): void {
    this.hidden = this.shows(id) ? [...this.hidden, id] : this.hidden.filter((other) => other !== id);
    try {
      localStorage.setItem(STORED, JSON.stringify(this.hidden));
    } catch {
      // The choice then lasts as long as the window.
    }
  }
}
