import { api } from "../../ipc/client";
import { bytes } from "../../lib/format";
import { done } from "../toasts";

/** Copies the diagnostics of this desk, and says how much was copied. */
export async function copyDiagnostics(): Promise<void> {
  const { bytes: size } = await api.diagnostics();
  await api.diagnosticsCopy();
  done(
    "Diagnostics copied",
    `${bytes(size)} of text, without names and secrets. Paste it where you report the problem.`,
  );
}
