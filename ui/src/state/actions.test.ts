import { beforeEach, describe, expect, it, vi } from "vitest";
import { Actions } from "./actions.svelte";

const toasts = vi.hoisted(() => ({ problem: vi.fn() }));
vi.mock("./toasts", () => toasts);

const refusal = { code: "offline", message: "No network.", next: "Wait." };
const refuse = () => Promise.reject(refusal);
/** An action that runs until `finish` is called. */
function held() {
  let finish = () => {};
  const work = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
  return { work, finish: () => finish() };
}

beforeEach(() => vi.clearAllMocks());

describe("Actions", () => {
  it("starts a running action no second time, and another one at the same time", async () => {
    const actions = new Actions();
    const [save, copy] = [held(), held()];
    const saved = actions.run("save", save.work);
    expect([actions.isBusy("save"), actions.isBusy("copy"), actions.isBusy()]).toEqual([true, false, true]);
    expect(await actions.run("save", save.work)).toBe(false);
    void actions.run("copy", copy.work);
    expect([save.work.mock.calls.length, copy.work.mock.calls.length]).toEqual([1, 1]);
    save.finish();
    expect(await saved).toBe(true);
    expect(actions.isBusy("save")).toBe(false);
  });

  it("runs one action at a time when it is exclusive", async () => {
    const actions = new Actions({ exclusive: true });
    const [save, copy] = [held(), held()];
    const saved = actions.run("save", save.work);
    expect(await actions.run("copy", copy.work)).toBe(false);
    expect(copy.work).not.toHaveBeenCalled();
    save.finish();
    await saved;
  });

  it("shows a failure as a toast and is no longer busy", async () => {
    const actions = new Actions();
    expect(await actions.run("save", refuse)).toBe(false);
    expect(toasts.problem).toHaveBeenCalledExactlyOnceWith(refusal);
    expect([actions.error, actions.isBusy()]).toEqual([null, false]);
  });

  it("keeps a failure for a note until the next action starts", async () => {
    const actions = new Actions({ note: true });
    await actions.run("save", refuse);
    expect(toasts.problem).not.toHaveBeenCalled();
    expect(actions.error).toEqual(refusal);
    await actions.run("save", () => Promise.resolve());
    expect(actions.error).toBeNull();
  });

  it("decides when an action fails whether there is still a place for a note", async () => {
    let open = true;
    const actions = new Actions({ note: () => open });
    await actions.run("save", refuse);
    expect(actions.error).toEqual(refusal);
    open = false;
    await actions.run("save", refuse);
    expect(actions.error).toBeNull();
    expect(toasts.problem).toHaveBeenCalledOnce();
  });
});
