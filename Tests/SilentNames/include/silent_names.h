#ifndef SILENT_NAMES_H
#define SILENT_NAMES_H

/// A host name for which no name server answers.
#define SILENT_NAME "silent.invalid"
/// Seconds until the resolver gives up on it.
#define SILENT_SECONDS 120

#endif
