// A look at oneself before class. The picture stays in this page; nothing is sent.

const REASONS = {
  NotAllowedError: "The browser does not allow this page to use the camera. Allow it in the address bar and try again.",
  NotFoundError: "No camera was found. Connect one and try again.",
  NotReadableError: "The camera is in use by another program. Close that and try again.",
};

/** Makes `button` switch the preview in `figure` on and off, and returns what switches it off. */
export function preview({ button, figure, picture, note }) {
  let stream = null;
  let asked = 0;

  function off() {
    asked += 1;
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    picture.srcObject = null;
    figure.hidden = true;
    button.setAttribute("aria-pressed", "false");
  }

  function explain(text) {
    figure.classList.add("dark");
    figure.hidden = false;
    note.textContent = text;
  }

  async function on() {
    const mine = (asked += 1);
    button.setAttribute("aria-pressed", "true");
    if (!navigator.mediaDevices?.getUserMedia) {
      explain("This browser has no camera for pages that are opened like this one. The room works without it.");
      return;
    }
    explain("Waiting for the camera…");
    try {
      const opened = await navigator.mediaDevices.getUserMedia({ video: true, audio: false });
      if (mine !== asked) {
        opened.getTracks().forEach((track) => track.stop());
        return;
      }
      stream = opened;
      picture.srcObject = stream;
      figure.classList.remove("dark");
      note.textContent = "Only you see this.";
      await picture.play();
    } catch (problem) {
      if (mine === asked) explain(REASONS[problem.name] ?? "The camera could not be started. The room works without it.");
    }
  }

  button.addEventListener("click", () => (button.getAttribute("aria-pressed") === "true" ? off() : on()));
  return off;
}
