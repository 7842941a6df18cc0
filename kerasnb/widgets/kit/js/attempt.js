// Asks Python for something; where that fails, a note below the card says why until the next attempt.

async function attempt(host, verb, what) {
  host.problem?.parentElement.remove();
  host.problem = null;
  try {
    await host.ask(verb, what);
  } catch (error) {
    host.problem = note(host.card, "e", "bad");
    host.problem.textContent = error.message;
  }
}
