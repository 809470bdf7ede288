import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/svelte";
import { afterEach } from "vitest";

// A wait ends as soon as what it waits for is there. The limit is for tests that fail: on a busy computer, a view may take
// several seconds to appear.
configure({ asyncUtilTimeout: 10_000 });

// jsdom has no layout, so these observers never report anything.
class StillObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
  takeRecords(): [] {
    return [];
  }
}
globalThis.ResizeObserver ??= StillObserver;
globalThis.IntersectionObserver ??= StillObserver as unknown as typeof IntersectionObserver;
Element.prototype.scrollIntoView ??= () => {};
Element.prototype.hasPointerCapture ??= () => false;
Element.prototype.setPointerCapture ??= () => {};
Element.prototype.releasePointerCapture ??= () => {};
Element.prototype.animate ??= () => ({ finished: Promise.resolve(), cancel() {}, finish() {} }) as unknown as Animation;
window.matchMedia ??= (query: string) =>
  ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener() {},
    removeEventListener() {},
    addListener() {},
    removeListener() {},
    dispatchEvent: () => false,
  }) as MediaQueryList;

afterEach(() => {
  cleanup();
  // An open dialog disables the pointer events of the page, and enables them only a moment after it is closed.
  document.body.style.removeProperty("pointer-events");
});
