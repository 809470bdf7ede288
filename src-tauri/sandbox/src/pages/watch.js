// Plays the page's HLS playlist: with hls.js where the browser has media source extensions, otherwise natively.

(() => {
  const video = document.getElementById("video");
  const problem = document.getElementById("problem");
  const manifest = video.dataset.manifest;
  if (window.top !== window) document.documentElement.classList.add("framed");

  // The player begins at `startTime`, "90", "90s" or "1m30s", and shows the captions in the language `defaultTextTrack`.
  const asked = new URLSearchParams(location.search);
  const start = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?$/.exec(asked.get("startTime") ?? "");
  const seconds = start ? Number(start[1] ?? 0) * 3600 + Number(start[2] ?? 0) * 60 + Number(start[3] ?? 0) : 0;
  video.addEventListener("loadedmetadata", () => {
    if (seconds > 0) video.currentTime = seconds;
    for (const track of video.textTracks) {
      if (track.language === asked.get("defaultTextTrack")) track.mode = "showing";
    }
  }, { once: true });

  const EXPIRED = ["This link has expired", "The link was valid for a limited time, or somebody revoked it. Ask the sender for a new one."];
  const NOT_FOUND = ["The video was not found", "It may have been deleted, or is not ready yet. Try again in a few minutes."];
  const UNREACHABLE = ["The video could not be loaded", "Check the connection, then reload the page."];
  const UNPLAYABLE = ["This browser cannot play the video", "Try another browser, or ask the sender for a download."];

  function showProblem([heading, text]) {
    const title = document.createElement("strong");
    const line = document.createElement("span");
    title.textContent = heading;
    line.textContent = text;
    line.className = "muted";
    problem.replaceChildren(title, line);
    problem.hidden = false;
    video.hidden = true;
    video.removeAttribute("controls");
  }

  function problemFor(status) {
    if (status === 401 || status === 403) return EXPIRED;
    return status === 404 || status === 410 ? NOT_FOUND : UNREACHABLE;
  }

  async function findProblem() {
    try {
      return problemFor((await fetch(manifest)).status);
    } catch {
      return UNREACHABLE;
    }
  }

  if (window.Hls?.isSupported()) {
    const hls = new Hls({ enableWorker: false });
    let recovered = false;
    hls.on(Hls.Events.ERROR, (_, data) => {
      if (!data.fatal) return;
      if (data.type === Hls.ErrorTypes.MEDIA_ERROR && !recovered) {
        recovered = true;
        hls.recoverMediaError();
        return;
      }
      hls.destroy();
      showProblem(data.type === Hls.ErrorTypes.NETWORK_ERROR ? problemFor(data.response?.code) : UNPLAYABLE);
    });
    hls.loadSource(manifest);
    hls.attachMedia(video);
  } else if (video.canPlayType("application/vnd.apple.mpegurl")) {
    // The browser lists the subtitles of the playlist itself, and the track elements would list them again.
    video.querySelectorAll("track").forEach((track) => track.remove());
    video.addEventListener("error", async () => showProblem(await findProblem()));
    video.src = manifest;
  } else {
    showProblem(UNPLAYABLE);
  }
})();
