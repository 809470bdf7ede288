import { getContext, setContext } from "svelte";

/** State that App creates once for its window and that the components below it share, by a Svelte context. */
export type PageState<T> = {
  /** Creates the state for the components below the calling one. */
  provide: () => T;
  /** Returns the state of the window. May be called only while a component is set up. */
  use: () => T;
  /** The context with this state, for tests that render a view without App. */
  context: (state?: T) => [symbol, T];
};

export function pageState<T>(name: string, create: () => T): PageState<T> {
  const key = Symbol(name);
  return {
    provide: () => setContext(key, create()),
    use: () => {
      const state = getContext<T | undefined>(key);
      if (state === undefined) throw new Error(`No component above this one provides the state “${name}”.`);
      return state;
    },
    context: (state = create()) => [key, state],
  };
}
