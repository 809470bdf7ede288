/** For `onInteractOutside` of a dialog: a press on a toast, which lies above the dialog, does not close it. */
export function keepForToast(event: Event): void {
  if (event.target instanceof Element && event.target.closest("[data-sonner-toaster]")) event.preventDefault();
}
