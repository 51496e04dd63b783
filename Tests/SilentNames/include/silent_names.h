#ifndef SILENT_NAMES_H
#define SILENT_NAMES_H

/// A host name about which no name server says anything for so long.
#define SILENT_NAME "silent.invalid"
/// Seconds until the resolver gives up.
#define SILENT_SECONDS 120

#endif
