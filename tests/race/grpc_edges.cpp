// SPDX-License-Identifier: Apache-2.0
// Only under ThreadSanitizer: tells it what it cannot see, that gRPC's libraries, which are not instrumented,
// order what happens before an operation is given to them before the operation's tag comes back. These
// functions take the place of gRPC's in the program and call those.
#include <grpc/grpc.h>
#include <grpcpp/alarm.h>
#include <grpcpp/channel.h>
#include <grpcpp/completion_queue.h>

#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

namespace {

template <class Function>
Function of_grpc(const char* name)
{
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

// ---- what is given to gRPC ----

extern "C" grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* ops, size_t count, void* tag,
                                                 void* reserved)
{
    static const auto real = of_grpc<decltype(&grpc_call_start_batch)>("grpc_call_start_batch");
    __tsan_release(tag);
    return real(call, ops, count, tag, reserved);
}

void grpc::Alarm::SetInternal(grpc::CompletionQueue* queue, gpr_timespec deadline, void* tag)
{
    using function = void (*)(grpc::Alarm*, grpc::CompletionQueue*, gpr_timespec, void*);
    static const auto real =
        of_grpc<function>("_ZN4grpc5Alarm11SetInternalEPNS_15CompletionQueueE12gpr_timespecPv");
    __tsan_release(tag);
    real(this, queue, deadline, tag);
}

void grpc::Channel::NotifyOnStateChangeImpl(grpc_connectivity_state last, gpr_timespec deadline,
                                            grpc::CompletionQueue* queue, void* tag)
{
    using function =
        void (*)(grpc::Channel*, grpc_connectivity_state, gpr_timespec, grpc::CompletionQueue*, void*);
    static const auto real = of_grpc<function>(
        "_ZN4grpc7Channel23NotifyOnStateChangeImplE23grpc_connectivity_state12gpr_timespecPNS_"
        "15CompletionQueueEPv");
    __tsan_release(tag);
    real(this, last, deadline, queue, tag);
}

// ---- what comes back ----

extern "C" grpc_event grpc_completion_queue_next(grpc_completion_queue* queue, gpr_timespec deadline,
                                                 void* reserved)
{
    static const auto real = of_grpc<decltype(&grpc_completion_queue_next)>("grpc_completion_queue_next");
    const auto event = real(queue, deadline, reserved);
    if (event.type == GRPC_OP_COMPLETE)
        __tsan_acquire(event.tag);
    return event;
}

grpc::CompletionQueue::NextStatus grpc::CompletionQueue::AsyncNextInternal(void** tag, bool* ok,
                                                                           gpr_timespec deadline)
{
    using function = NextStatus (*)(grpc::CompletionQueue*, void**, bool*, gpr_timespec);
    static const auto real =
        of_grpc<function>("_ZN4grpc15CompletionQueue17AsyncNextInternalEPPvPb12gpr_timespec");
    const auto status = real(this, tag, ok, deadline);
    if (status == GOT_EVENT)
        __tsan_acquire(*tag);
    return status;
}
