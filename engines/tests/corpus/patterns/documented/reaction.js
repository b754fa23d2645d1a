/**
 * Incident response
 *
 * Purpose: containment and evidence. `Error handling`: graceful.
 * - Target time: < 2 seconds
 *
 * @param data the event
 */
function process(data) {
  // Implementation follows the specification.
  implement(data);
}

/* The work. */
function implement(data) {
  Info('documented');
}
