// Ways from an error to the place where it can be put right. The frame of the window knows the places; the components that show errors
// find the way by the error's code. Where no frame is around them, as in a test of one component, there is none.
import { getContext, setContext } from "svelte";
import type { UserError } from "../ipc/client";

export type Lead = { label: string; run: () => void };
export type FindLead = (code: UserError["code"]) => Lead | undefined;

const KEY = Symbol("leads");

export function provideLeads(find: FindLead): void {
  setContext(KEY, find);
}

/** Call it while a component is set up. */
export function leads(): FindLead {
  return getContext<FindLead | undefined>(KEY) ?? (() => undefined);
}
