import { createSubscriber } from "svelte/reactivity";

const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;

/** Calls back at every full period of the wall clock, such as each full minute; the returned function stops that. `period` is in milliseconds. */
export function everyFull(period: number, tick: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  const wait = () => {
    timer = setTimeout(
      () => {
        tick();
        wait();
      },
      period - (Date.now() % period),
    );
  };
  wait();
  return () => clearTimeout(timer);
}

const subscribe = createSubscriber((update) => everyFull(SECOND_MS, update));

/**
 * The time, updated every second for as long as something on the page reads it. A page that shows no seconds runs no timer:
 * a window that is open all day must not keep a processor busy.
 */
export function second(): Date {
  subscribe();
  return new Date();
}
