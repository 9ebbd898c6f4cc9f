/** Events in one transaction of a projection, for whoever can be told. */
export const projectionPageEvents = 500
