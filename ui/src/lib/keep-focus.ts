// Keeps the focus in a list whose rows go away while a button in them has the focus.
import type { Attachment } from "svelte/attachments";

const BUTTONS = "button:not([disabled]), a[href], input:not([disabled])";

type Place = { row: Element; index: number; control: number };

/**
 * When the row with the focus goes away, the focus goes to the same button of the next row, or of the last one. Where no row is
 * left, it goes to what `otherwise` returns: the heading or the button that adds a row. `rows` is the selector of the rows.
 */
export function keepFocus(rows: string, otherwise: () => HTMLElement | null | undefined): Attachment<HTMLElement> {
  return (list) => {
    let place: Place | null = null;

    function note(event: FocusEvent) {
      const control = event.target as Element;
      const row = control.closest(rows);
      if (!row || !list.contains(row)) {
        place = null;
        return;
      }
      const index = [...list.querySelectorAll(rows)].indexOf(row);
      place = { row, index, control: [...row.querySelectorAll(BUTTONS)].indexOf(control) };
    }
    /** A person who moves on is not called back. */
    function leave(event: FocusEvent) {
      if (event.relatedTarget instanceof Node && !list.contains(event.relatedTarget)) place = null;
    }
    function mend() {
      if (!place || place.row.isConnected) return;
      const { index, control } = place;
      place = null;
      const focused = document.activeElement;
      // The focus is lost where the page, or the dialog around the list, has it.
      if (focused && !focused.contains(list)) return;
      const left = [...list.querySelectorAll<HTMLElement>(rows)];
      const buttons = left[Math.min(index, left.length - 1)]?.querySelectorAll<HTMLElement>(BUTTONS);
      const next = buttons?.[control] ?? buttons?.[buttons.length - 1] ?? otherwise();
      next?.focus();
    }

    const watch = new MutationObserver(mend);
    watch.observe(list, { childList: true, subtree: true });
    list.addEventListener("focusin", note);
    list.addEventListener("focusout", leave);
    return () => {
      watch.disconnect();
      list.removeEventListener("focusin", note);
      list.removeEventListener("focusout", leave);
    };
  };
}
