//go:build cgo

// A bounded queue of messages of the validation layer. The layer calls back from inside other calls and from any thread;
// Go takes the messages out afterwards, so no call goes from C to Go.

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "shim.h"

enum { capacity = 256 };

_Thread_local sg_messages *sg_speaker;

struct sg_messages {
	atomic_flag lock; // held for a few instructions, and messages are rare
	uint32_t count, first;
	sg_message ring[capacity];
};

static void lock(sg_messages *m) {
	while (atomic_flag_test_and_set_explicit(&m->lock, memory_order_acquire))
		;
}

static void unlock(sg_messages *m) { atomic_flag_clear_explicit(&m->lock, memory_order_release); }

sg_messages *sg_messages_new(void) {
	sg_messages *m = calloc(1, sizeof *m);
	if (m)
		atomic_flag_clear(&m->lock);
	return m;
}

void sg_message_free(sg_message *m) {
	free(m->id);
	free(m->text);
	memset(m, 0, sizeof *m);
}

void sg_messages_free(sg_messages *m) {
	if (!m)
		return;
	for (int i = 0; i < capacity; i++)
		sg_message_free(&m->ring[i]);
	free(m);
}

uint32_t sg_messages_count(sg_messages *m) {
	if (!m)
		return 0;
	lock(m);
	uint32_t n = m->count;
	unlock(m);
	return n;
}

int sg_messages_take(sg_messages *m, sg_message *out) {
	if (!m)
		return 0;
	lock(m);
	int some = m->count > 0;
	if (some) {
		*out = m->ring[m->first];
		memset(&m->ring[m->first], 0, sizeof *out);
		m->first = (m->first + 1) % capacity;
		m->count--;
	}
	unlock(m);
	return some;
}

// copy returns a string of its own, NULL for none.
static char *copy(const char *s) {
	size_t n = s ? strlen(s) + 1 : 0;
	char *c = n ? malloc(n) : NULL;
	if (c)
		memcpy(c, s, n);
	return c;
}

// sg_on_message keeps the first messages when the queue is full: they are nearest to the cause.
uint32_t sg_on_message(uint32_t severity, uint32_t types, const VkDebugMessage *message, void *user) {
	sg_messages *m = sg_speaker ? sg_speaker : user;
	sg_message new = {.severity = severity, .types = types, .id = copy(message->messageIdName), .text = copy(message->message)};
	lock(m);
	int kept = m->count < capacity;
	if (kept)
		m->ring[(m->first + m->count++) % capacity] = new;
	unlock(m);
	if (!kept)
		sg_message_free(&new);
	return 0;
}
