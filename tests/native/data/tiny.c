/* The smallest port: nothing but the tap interface, and ways to end badly. */
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const char *name;  size_t name_len;
  const char *kind;  size_t kind_len;
  const char *file;  size_t file_len;
  const char *dtype; size_t dtype_len;
  uint64_t line;
  const size_t *shape; size_t rank;
  const void *data;  size_t bytes;
} WorkbenchTap;
typedef const void *(*WorkbenchSink)(void *context, const WorkbenchTap *tap);

static WorkbenchSink sinks[2];
static void *contexts[2];
static const char KEYS[] = "net.first.weight\nnet.second.weight";

#ifndef PLAIN
void workbench_layers_install_v1(WorkbenchSink sink, void *context) { sinks[1] = sink; contexts[1] = context; }
size_t workbench_keys_read_v1(char *out, size_t capacity) {
  size_t length = sizeof KEYS - 1;
  memcpy(out, KEYS, capacity < length ? capacity : length);
  return length;
}
#endif
void workbench_tap_install_v1(WorkbenchSink sink, void *context) { sinks[0] = sink; contexts[0] = context; }

int tiny_installed(void) { return (sinks[0] != NULL) + (sinks[1] != NULL); }

void tiny_tap(int layer, const char *name, const char *kind, const char *dtype, uint64_t line, const size_t *shape,
              size_t rank, void *data, size_t bytes) {
  static const char FILE_NAME[] = "src/tiny.rs";
  WorkbenchTap tap = {name, strlen(name), kind, strlen(kind), FILE_NAME, sizeof FILE_NAME - 1, dtype, strlen(dtype),
                      line, shape, rank, data, bytes};
  if (!sinks[layer]) return;
  const void *replacement = sinks[layer](contexts[layer], &tap);
  if (replacement) memcpy(data, replacement, bytes);
}

static void *in_thread(void *data) {
  size_t shape[1] = {4};
  tiny_tap(0, "threaded", "tap", "f32", 90, shape, 1, data, 16);
  return NULL;
}

void tiny_tap_from_thread(float *four) {
  pthread_t thread;
  pthread_create(&thread, NULL, in_thread, four);
  pthread_join(thread, NULL);
}

void tiny_crash(void) { *(volatile int *)8 = 1; }
void tiny_abort(void) { abort(); }
void tiny_spin(void) { for (volatile int i = 0;; i++) {} }
/* What Rust does when the allocator refuses. */
void tiny_bomb(void) { for (;;) { char *p = malloc(1 << 24); if (!p) abort(); memset(p, 1, 1 << 24); } }
