// What lies over everything belongs to no dialog, and a press on it says nothing about the dialog that is open.

/** For `onInteractOutside`: a press on a toast leaves open what a press outside would close. */
export function keepForToast(event: Event): void {
  if (event.target instanceof Element && event.target.closest("[data-sonner-toaster]")) event.preventDefault();
}
