// The camera preview. The picture stays in this page; nothing is sent.

const MESSAGES_BY_ERROR = {
  NotAllowedError: "The browser does not allow this page to use the camera. Allow it in the address bar and try again.",
  NotFoundError: "No camera was found. Connect one and try again.",
  NotReadableError: "The camera is in use by another program. Close that program and try again.",
};

/** Makes `button` switch the preview in `figure` on and off. Returns a function that switches it off. */
export function preview({ button, figure, picture, note }) {
  let stream = null;
  let attempt = 0;

  function off() {
    attempt += 1;
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    picture.srcObject = null;
    figure.hidden = true;
    button.setAttribute("aria-pressed", "false");
  }

  function showNote(text) {
    figure.classList.add("dark");
    figure.hidden = false;
    note.textContent = text;
  }

  async function on() {
    const thisAttempt = (attempt += 1);
    button.setAttribute("aria-pressed", "true");
    if (!navigator.mediaDevices?.getUserMedia) {
      showNote("This browser gives this page no access to a camera. The room works without it.");
      return;
    }
    showNote("Waiting for the camera…");
    try {
      const opened = await navigator.mediaDevices.getUserMedia({ video: true, audio: false });
      if (thisAttempt !== attempt) {
        opened.getTracks().forEach((track) => track.stop());
        return;
      }
      stream = opened;
      picture.srcObject = stream;
      figure.classList.remove("dark");
      note.textContent = "Only you see this.";
      await picture.play();
    } catch (error) {
      if (thisAttempt === attempt) showNote(MESSAGES_BY_ERROR[error.name] ?? "The camera could not be started. The room works without it.");
    }
  }

  button.addEventListener("click", () => (button.getAttribute("aria-pressed") === "true" ? off() : on()));
  return off;
}
