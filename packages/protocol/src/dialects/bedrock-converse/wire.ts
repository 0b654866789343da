/** Names of the Converse API that more than one file of this folder needs. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export const DIALECT = "bedrock-converse" as const;

/** The longest id that a tool call may have, and the longest name of a tool. */
export const LONGEST_ID = 64;

/** Where Claude tells which stop sequence was hit, in whole answers and in streams: JSON pointers into its own answer. */
export const STOP_SEQUENCE_PATHS = ["/stop_sequence", "/delta/stop_sequence"] as const;
