//go:build cgo

#include <stdlib.h>
#include <string.h>

#include "shim.h"

static void record_dispatch(sg_device *dev, VkDispatchable buffer, const sg_command *c, const sg_command *previous, const uint8_t *push) {
	if (!previous || previous->pipeline != c->pipeline)
		dev->bind_pipeline(buffer, VK_PIPELINE_BIND_POINT_COMPUTE, c->pipeline);
	if (!previous || previous->layout != c->layout || previous->set != c->set)
		dev->bind_sets(buffer, VK_PIPELINE_BIND_POINT_COMPUTE, c->layout, 0, 1, &c->set, 0, NULL);
	if (c->push_size)
		dev->push(buffer, c->layout, VK_SHADER_STAGE_COMPUTE, 0, c->push_size, push + c->push_at);
	dev->dispatch(buffer, c->groups[0], c->groups[1], c->groups[2]);
}

static void record_other(sg_device *dev, VkDispatchable buffer, const sg_command *c, VkNonDispatchable queries) {
	switch (c->kind) {
	case SG_BARRIER: {
		VkMemoryBarrier b = {.sType = VK_ST_MEMORY_BARRIER, .src = c->src_access, .dst = c->dst_access};
		dev->barrier(buffer, c->src_stage, c->dst_stage, 0, 1, &b, 0, NULL, 0, NULL);
		break;
	}
	case SG_COPY: {
		VkBufferCopy r = {.src = c->source_at, .dst = c->target_at, .size = c->size};
		dev->copy(buffer, c->source, c->target, 1, &r);
		break;
	}
	case SG_FILL:
		dev->fill(buffer, c->target, c->target_at, c->size, c->query);
		break;
	case SG_TIMESTAMP:
		dev->timestamp(buffer, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE, queries, c->query);
		break;
	case SG_RESET_QUERIES:
		dev->reset_queries(buffer, queries, 0, c->groups[0]);
		break;
	}
}

VkResult sg_record(sg_device *dev, VkDispatchable buffer, int once, VkNonDispatchable queries, uint32_t count, const sg_command *list, const uint8_t *push) {
	VkCommandBufferBeginInfo info = {.sType = VK_ST_COMMAND_BUFFER_BEGIN_INFO, .flags = once ? 1 : 0};
	sg_enter(dev);
	VkResult r = dev->begin(buffer, &info);
	if (r != VK_SUCCESS)
		return r;
	const sg_command *previous = NULL;
	for (uint32_t i = 0; i < count; i++) {
		if (list[i].kind == SG_DISPATCH) {
			record_dispatch(dev, buffer, &list[i], previous, push);
			previous = &list[i];
		} else {
			record_other(dev, buffer, &list[i], queries);
		}
	}
	return dev->end(buffer);
}

sg_program *sg_program_new(uint32_t queries, uint32_t flushes, uint32_t invalidates) {
	sg_program *p = calloc(1, sizeof *p);
	if (!p)
		return NULL;
	p->query_count = queries;
	p->flush_count = flushes;
	p->invalidate_count = invalidates;
	p->ticks = calloc(queries + 1, sizeof *p->ticks);
	p->flush = calloc(flushes + 1, sizeof *p->flush);
	p->invalidate = calloc(invalidates + 1, sizeof *p->invalidate);
	if (!p->ticks || !p->flush || !p->invalidate) {
		sg_program_free(p);
		return NULL;
	}
	return p;
}

void sg_program_free(sg_program *p) {
	if (!p)
		return;
	free(p->ticks);
	free(p->flush);
	free(p->invalidate);
	free(p);
}

static VkMappedMemoryRange mapped_range(VkNonDispatchable memory, uint64_t offset, uint64_t size) {
	return (VkMappedMemoryRange){.sType = VK_ST_MAPPED_MEMORY_RANGE, .memory = memory, .offset = offset, .size = size};
}

void sg_program_range(sg_program *p, int invalidate, uint32_t i, VkNonDispatchable memory, uint64_t offset, uint64_t size) {
	(invalidate ? p->invalidate : p->flush)[i] = mapped_range(memory, offset, size);
}

// submit_and_wait submits one command buffer and waits for it.
static VkResult submit_and_wait(sg_device *dev, sg_program *p) {
	VkSubmitInfo info = {.sType = VK_ST_SUBMIT_INFO, .commandCount = 1, .commands = &p->commands};
	VkResult r;
	p->failed = "vkResetFences";
	if ((r = dev->reset_fences(dev->handle, 1, &p->fence)) != VK_SUCCESS)
		return r;
	p->failed = "vkQueueSubmit";
	if ((r = dev->submit(dev->queue, 1, &info, p->fence)) != VK_SUCCESS)
		return r;
	p->failed = "vkWaitForFences";
	return dev->wait(dev->handle, 1, &p->fence, 1, UINT64_MAX);
}

VkResult sg_run(sg_device *dev, sg_program *p) {
	sg_enter(dev);
	VkResult r = VK_SUCCESS;
	if (p->canary)
		*p->canary = ~p->canary_value;
	if (p->flush_count) {
		p->failed = "vkFlushMappedMemoryRanges";
		r = dev->flush(dev->handle, p->flush_count, p->flush);
	}
	if (r == VK_SUCCESS)
		r = submit_and_wait(dev, p);
	if (r == VK_SUCCESS && p->invalidate_count) {
		p->failed = "vkInvalidateMappedMemoryRanges";
		r = dev->invalidate(dev->handle, p->invalidate_count, p->invalidate);
	}
	if (r == VK_SUCCESS && p->canary && *p->canary != p->canary_value) {
		p->failed = "submission without an end";
		r = VK_ERROR_DEVICE_LOST;
	}
	if (r == VK_SUCCESS && p->query_count) {
		p->failed = "vkGetQueryPoolResults";
		r = dev->query_results(dev->handle, p->queries, 0, p->query_count, p->query_count * sizeof *p->ticks, p->ticks, sizeof *p->ticks,
			VK_QUERY_RESULT_64 | VK_QUERY_RESULT_WAIT);
	}
	p->messages = sg_messages_count(dev->messages);
	return r;
}

VkResult sg_flush(sg_device *dev, int invalidate, VkNonDispatchable memory, uint64_t offset, uint64_t size) {
	VkMappedMemoryRange range = mapped_range(memory, offset, size);
	sg_enter(dev);
	return (invalidate ? dev->invalidate : dev->flush)(dev->handle, 1, &range);
}
