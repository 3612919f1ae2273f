//go:build cgo

// A bounded queue of messages of the validation layer. The layer calls back from inside other calls and from any thread;
// Go takes the messages out afterwards, so no call goes from C to Go.

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "shim.h"

enum { capacity = 256 };

struct sg_messages {
	pthread_mutex_t lock;
	uint32_t count, first;
	sg_message ring[capacity];
};

sg_messages *sg_messages_new(void) {
	sg_messages *m = calloc(1, sizeof *m);
	if (m && pthread_mutex_init(&m->lock, NULL)) {
		free(m);
		m = NULL;
	}
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
	pthread_mutex_destroy(&m->lock);
	free(m);
}

uint32_t sg_messages_count(sg_messages *m) {
	if (!m)
		return 0;
	pthread_mutex_lock(&m->lock);
	uint32_t n = m->count;
	pthread_mutex_unlock(&m->lock);
	return n;
}

int sg_messages_take(sg_messages *m, sg_message *out) {
	if (!m)
		return 0;
	pthread_mutex_lock(&m->lock);
	int some = m->count > 0;
	if (some) {
		*out = m->ring[m->first];
		memset(&m->ring[m->first], 0, sizeof *out);
		m->first = (m->first + 1) % capacity;
		m->count--;
	}
	pthread_mutex_unlock(&m->lock);
	return some;
}

// sg_on_message keeps the first messages when the queue is full: they are nearest to the cause.
uint32_t sg_on_message(uint32_t severity, uint32_t types, const VkDebugMessage *message, void *user) {
	sg_messages *m = user;
	pthread_mutex_lock(&m->lock);
	if (m->count < capacity) {
		sg_message *slot = &m->ring[(m->first + m->count) % capacity];
		slot->severity = severity;
		slot->types = types;
		slot->id = strdup(message->messageIdName ? message->messageIdName : "");
		slot->text = strdup(message->message ? message->message : "");
		m->count++;
	}
	pthread_mutex_unlock(&m->lock);
	return 0;
}
