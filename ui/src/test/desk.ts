import { setTransport } from "../ipc/client";
import { createMock } from "../ipc/mock";
import type { Scenario } from "../ipc/mock/scenario";

// Tests import the data of the mock from here, so that its files can be moved without changing tests.
export { permissionsOf } from "../ipc/mock/permissions";
export { recording, session, storeFor, type Scenario } from "../ipc/mock/scenario";

type Answer = (args: Record<string, unknown>) => unknown;

/** The mock as the shell of a test. It records every call; `answers` replaces the answers of some commands. */
export function useDesk(scenario: Scenario, answers: Record<string, Answer> = {}) {
  const mock = createMock(scenario, 600_000);
  const calls: { command: string; args: Record<string, unknown> }[] = [];
  const heard = new Map<string, Set<(payload: unknown) => void>>();
  setTransport({
    invoke: async (command, args = {}) => {
      calls.push({ command, args });
      const answer = answers[command];
      return answer ? answer(args) : mock.invoke(command, args);
    },
    listen: (event, handler) => {
      const stop = mock.listen(event, handler);
      const all = heard.get(event) ?? new Set();
      heard.set(event, all.add(handler));
      return () => {
        stop();
        all.delete(handler);
      };
    },
  });
  return {
    mock,
    calls,
    answers,
    of: (command: string) => calls.filter((call) => call.command === command),
    emit: (event: string, payload: unknown) => heard.get(event)?.forEach((handler) => handler(payload)),
    listeners: () => [...heard.values()].reduce((sum, all) => sum + all.size, 0),
  };
}
