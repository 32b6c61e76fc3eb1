/** What the service calls itself towards clients and monitors. */
export const SERVICE_NAME = 'gatehouse';

/** Version of the HTTP contract, also that of the OpenAPI document. */
export const API_VERSION = '1.0.0';
